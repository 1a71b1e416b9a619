#compdef coapbridge
# zsh completion for coapbridge: the program itself knows what fits; otherwise files.
local -a words
words=(${(f)"$(coapbridge "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)"})
compadd -- $words || _files
