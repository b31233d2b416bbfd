# dragoman completion for bash: source <(dragoman completion bash)
_dragoman() {
	local cur words
	cur="${COMP_WORDS[COMP_CWORD]}"
	words=("${COMP_WORDS[@]:1:COMP_CWORD}")
	local IFS=$'\n'
	COMPREPLY=($(dragoman "${words[@]}" --generate-bash-completion 2>/dev/null | cut -f1))
	if [ ${#COMPREPLY[@]} -eq 0 ] && [ "${cur#-}" = "$cur" ]; then
		COMPREPLY=($(compgen -f -- "$cur"))
	fi
}
complete -o filenames -F _dragoman dragoman
