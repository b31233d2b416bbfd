#compdef dragoman
# dragoman completion for zsh: dragoman completion zsh > "${fpath[1]}/_dragoman"
_dragoman() {
	local -a found
	local line
	while IFS= read -r line; do
		found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done < <(dragoman "${(@)words[2,CURRENT]}" --generate-bash-completion 2>/dev/null)
	if (( ${#found} )); then
		_describe dragoman found
	else
		_files
	fi
}
if [ "$funcstack[1]" = "_dragoman" ]; then
	_dragoman
else
	compdef _dragoman dragoman
fi
