-- bound_to: pod -> node, strongest by the scheduler's pods/binding, whose objectRef names the uid.
insert into link
select link_key('bound_to', pod_entity(cluster, pod_id), node_entity(cluster, pod_node.node.name), pod_node.node.at), 'bound_to',
  pod_entity(cluster, pod_id), node_entity(cluster, pod_node.node.name),
  pod_node.node.at, pod.ended_at, pod_node.node.grade, pod_node.node.evidence, pod_node.node.rule,
  'https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/binding-v1/'
from pod_node
join pod using (cluster, pod_id);
