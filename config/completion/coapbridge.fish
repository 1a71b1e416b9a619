# fish completion for coapbridge: the program itself knows what fits; otherwise files.
function __coapbridge_asks
    set -l line (commandline -cp | string collect)
    set -g __coapbridge_fits (coapbridge "[suggest:"(string length -- $line)"]" $line 2>/dev/null | string match -r ".+")
    set -q __coapbridge_fits[1]
end
complete -c coapbridge -n __coapbridge_asks -f -a '$__coapbridge_fits'
