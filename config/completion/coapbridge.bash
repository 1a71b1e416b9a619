# bash completion for coapbridge: the program itself knows what fits.
_coapbridge() {
  local words
  words=$(coapbridge "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _coapbridge coapbridge
