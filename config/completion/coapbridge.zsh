#compdef coapbridge
# zsh completion for coapbridge: the program itself knows what fits; otherwise files. The line without what zsh has taken off, as a sudo.
local line="${(j: :)words[1,CURRENT-1]} $PREFIX"
local -a fits
fits=(${(f)"$(coapbridge "[suggest:${#line}]" "$line" 2>/dev/null)"})
compadd -- $fits || _files
