#compdef custody
autoload -U +X bashcompinit && bashcompinit
_custody() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}"
  local path='' words='' files='' word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      demo|ingest|leak|blast-radius|timeline|chain|objects|show|query|list|show|run|sql|report|coverage|sources|snapshot|serve|rebuild|simulate|completion) path="${path:+$path }$word" ;;
    esac
  done
  case "$previous" in
    --format) COMPREPLY=($(compgen -W 'table json csv ndjson html markdown' -- "$current")); return ;;
    --fail-on) COMPREPLY=($(compgen -W 'matches exposures open unknowns rows gaps' -- "$current")); return ;;
    --grade) COMPREPLY=($(compgen -W 'recorded matched inferred candidate' -- "$current")); return ;;
    --audit-policy) COMPREPLY=($(compgen -W 'full managed' -- "$current")); return ;;
    --store|--queries) COMPREPLY=($(compgen -d -- "$current")); return ;;
    --*-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$path" in
    '') words='demo ingest leak blast-radius timeline chain objects show query sql report coverage sources snapshot serve rebuild simulate completion --version' ;;
    'demo') words='leaked-payments-key agent-tool-runner borrowed-identity carried-out-keys whatever-was-latest --store --quiet --no-color' ;;
    'ingest') words='--cluster --vault-instance --observed-at --source --decompression-limit --no-refresh --follow --every-seconds --store --quiet --no-color --format' files=yes ;;
    'leak') words='--value-stdin --vault-hmac-key-file --store --quiet --no-color --format --since --until --cluster --fail-on' ;;
    'blast-radius') words='--object --holder --version --all-matches --store --quiet --no-color --format --since --until --cluster --fail-on --vault-hmac-key-file --value-stdin' ;;
    'timeline') words='--object --version --all-matches --store --quiet --no-color --format --since --until --cluster' ;;
    'chain') words='--object --kind --grade --store --quiet --no-color --format --since --until --cluster' ;;
    'objects') words='--exact --store --quiet --no-color --format' ;;
    'show') words='--raw --store --quiet --no-color --format' ;;
    'query') words='list show run' ;;
    'query list') words='--store --quiet --no-color --format --queries' ;;
    'query show') words='--sql --store --quiet --no-color --format --queries' ;;
    'query run') words='--param --store --quiet --no-color --format --since --until --cluster --queries --fail-on' ;;
    'sql') words='--rows --timeout --store --quiet --no-color --format' ;;
    'report') words='governance access-review rotation coverage blast-radius --format --object --changes-since --store --quiet --no-color --since --until --cluster' ;;
    'coverage') words='--object --all-matches --collect --store --quiet --no-color --format --since --until --cluster --fail-on' ;;
    'sources') words='--store --quiet --no-color --format' ;;
    'snapshot') words='--kubeconfig --context --cluster --without --output --no-refresh --store --quiet --no-color --format' ;;
    'serve') words='--config --listen --tls-certificate --tls-key --client-ca --token-file --insecure --refresh-seconds --worker --store --quiet --no-color' ;;
    'rebuild') words='--store --quiet --no-color' ;;
    'simulate') words='--out --seed --clusters --namespaces --days --start --events --incidents --poll-minutes --audit-policy --disorder --duplicates --damaged --overlap --truncate --clock-skew --rotate --without --story --open --key --quiet --no-color --format' ;;
    'completion') words='bash zsh fish' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ -z "$files" ] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _custody custody
