-- What the chain is made of. Written by the numbered steps of this folder, read by queries/.

create table entity (
  entity_id varchar,           -- kind:…; stable across stores
  kind varchar,                -- identity | workload | pod | node | service_account | token | secret_provider_class
                               -- | provider_session | provider_object | provider_version
  cluster varchar, namespace varchar, name varchar, uid varchar,
  first_at timestamptz, last_at timestamptz
);

create table link (
  link_id varchar,
  kind varchar,                -- created_by | owns | bound_to | runs_as | token_for | mounts | logged_in | read | delivered | resolves_to
  from_id varchar, to_id varchar,
  valid_from timestamptz, valid_to timestamptz,
  grade varchar,               -- recorded | matched | inferred | candidate
  evidence varchar[],
  rule varchar,                -- the step and rule that made it
  document varchar             -- the document behind the rule
);

create table exposure (
  exposure_id varchar,         -- hash of object, version, holder, path, first_at
  object varchar, version varchar, version_grade varchar,
  fields varchar[],
  holder struct(kind varchar, id varchar, class varchar, cluster varchar, namespace varchar, name varchar,
                service_account varchar, workload varchar, node varchar, created_by varchar),
  path varchar,                -- csi_mount | provider_read
  observed boolean,
  grade varchar,
  alternatives varchar[],      -- versions it may have been, or holders it may have been, where that is open
  first_at timestamptz, last_at timestamptz,
  end_state varchar,           -- ended | open | unknown
  seen_from struct(ip varchar, user_agent varchar, count bigint, first_at timestamptz, last_at timestamptz)[],
  links struct(kind varchar, grade varchar, evidence varchar[])[]
);
