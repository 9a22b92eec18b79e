/** What a shell runs for completion: each asks `berth __complete` and hands the answer to its own machinery, quoted. */

/** Bash 3.2 and newer. Candidates are quoted: a VM may be called `$(rm -r .)`. */
const BASH = `# Completion of berth in bash: eval "$(berth completion bash)", or this text as
# ~/.local/share/bash-completion/completions/berth
_berth() {
  local line="\${COMP_LINE:0:COMP_POINT}" kind candidate word breaks="" cut=""
  COMPREPLY=()
  # Bash replaces only what follows the last : or =, where it takes these for the end of a word.
  word="\${line##*[[:space:]]}"
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=":"
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+="="
  if [[ -n $breaks && $word == *[$breaks]* ]]; then cut="\${word%"\${word##*[$breaks]}"}"; fi
  while IFS=$'\\t' read -r candidate _; do
    if [[ -z $kind ]]; then
      kind="$candidate"
    else
      candidate="\${candidate#"$cut"}"
      COMPREPLY+=("$(printf '%q' "$candidate")")
    fi
  done < <(command berth __complete --line "$line" 2>/dev/null)
  [[ $kind == files ]] || compopt +o default 2>/dev/null
}
complete -o default -F _berth berth
`

const ZSH = `#compdef berth
# Completion of berth in zsh: eval "$(berth completion zsh)" after compinit, or this text as _berth in a folder of $fpath
_berth() {
  local -a answer values texts
  local line
  answer=("\${(@f)$(command berth __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${answer[1]}" == files ]]; then
    _files
    return
  fi
  for line in "\${(@)answer[2,-1]}"; do
    values+=("\${line%%$'\\t'*}")
    texts+=("\${line%%$'\\t'*}  \${line#*$'\\t'}")
  done
  (( \${#values} )) && compadd -l -d texts -a values
}
if [[ "\${funcstack[1]}" == _berth ]]; then
  _berth "$@"
else
  compdef _berth berth
fi
`

const FISH = `# Completion of berth in fish: berth completion fish > ~/.config/fish/completions/berth.fish
function __berth_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l answer (command berth __complete $words[2..-1] 2>/dev/null)
    if test "$answer[1]" = files
        __fish_complete_path (commandline -ct)
    else if test (count $answer) -gt 1
        printf '%s\\n' $answer[2..-1]
    end
end
complete -c berth -f -a '(__berth_complete)'
`

export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const

export type Shell = keyof typeof SCRIPTS
