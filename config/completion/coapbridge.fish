# fish completion for coapbridge: the program itself knows what fits.
complete -c coapbridge -a '(coapbridge "[suggest:"(commandline -C)"]" (commandline -p) 2>/dev/null)'
