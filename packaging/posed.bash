# Completion for posed(1): commands, the options that their --help names, and files.
_posed() {
    local word=${COMP_WORDS[COMP_CWORD]} words
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$(posed --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
        words+=' --help --version'
    elif [[ $word == -* ]]; then
        words=$(posed "${COMP_WORDS[1]}" --help 2>/dev/null | grep -o -e '--[a-z][a-z0-9-]*')
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o filenames -F _posed posed
