# dragoman completion for fish: dragoman completion fish > ~/.config/fish/completions/dragoman.fish
function __dragoman_complete
	set -l words (commandline -opc) (commandline -ct)
	dragoman $words[2..] --generate-bash-completion 2>/dev/null
end
complete -c dragoman -f -n 'test (count (__dragoman_complete)) -gt 0' -a '(__dragoman_complete)'
complete -c dragoman -F -n 'test (count (__dragoman_complete)) -eq 0'
