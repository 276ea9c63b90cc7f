"""Scripts with which a shell completes the words of the command line."""

from genesis_ci.usage import COMMANDS, HELP, SHELLS, VERSION_FLAGS, Flag, flags_of


def completion(shell: str) -> str:
    """Return the script with which a shell completes the words of the command line."""
    match shell:
        case "bash":
            return _bash()
        case "zsh":
            return _zsh()
        case _:
            return _fish()


def _words_of(command: str) -> tuple[str, ...]:
    return {"completion": SHELLS, "help": tuple(COMMANDS)}.get(command, ())


def _bash() -> str:
    """Where it offers no words bash completes names of files, for `-o default` asks for that."""
    cases = [f'        1:*) words="{" ".join([*COMMANDS, HELP.name, *VERSION_FLAGS])}" ;;']
    for command in COMMANDS:
        flags = flags_of(command)
        cases += [
            f'        *:{command}:{flag.name}) words="{" ".join(flag.choices)}" ;;'
            for flag in flags
            if flag.choices
        ]
        free = "|".join(f"*:{command}:{flag.name}" for flag in flags if _is_free(flag))
        cases += [f"        {free}) ;;"] if free else []
        words = " ".join([*_words_of(command), *(flag.name for flag in flags)])
        cases.append(f'        *:{command}:*) words="{words}" ;;')
    return "\n".join(
        [
            "# Made by: genesis-ci completion bash",
            "_genesis_ci() {",
            "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=",
            "    [[ $current == = ]] && current=",
            "    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD-2]}",
            "    case $COMP_CWORD:${COMP_WORDS[1]}:$before in",
            *cases,
            "    esac",
            '    COMPREPLY=($(compgen -W "$words" -- "$current"))',
            "}",
            "complete -o default -F _genesis_ci genesis-ci",
        ]
    )


def _is_free(flag: Flag) -> bool:
    return bool(flag.metavar) and not flag.choices


def _zsh() -> str:
    cases = []
    for command in COMMANDS:
        flags = flags_of(command)
        for flag in flags:
            if flag.metavar:
                offer = f"compadd -- {' '.join(flag.choices)}" if flag.choices else "_files"
                cases.append(f"        {command}:{flag.name}) {offer} ;;")
        described = " ".join(_quoted(f"{flag.name}:{flag.meaning}") for flag in flags)
        words = " ".join(_words_of(command))
        more = f"compadd -- {words}; " if words else ""
        cases.append(f"        {command}:*) {more}found=({described}); _describe option found ;;")
    commands = " ".join(_quoted(f"{name}:{row.about}") for name, row in COMMANDS.items())
    return "\n".join(
        [
            "#compdef genesis-ci",
            "# Made by: genesis-ci completion zsh",
            "_genesis_ci() {",
            "    local -a found",
            "    if (( CURRENT == 2 )); then",
            f"        found=({commands}); _describe command found; return",
            "    fi",
            "    case $words[2]:$words[CURRENT-1] in",
            *cases,
            "    esac",
            "}",
            'if [[ $funcstack[1] == _genesis_ci ]]; then _genesis_ci "$@"',
            "else compdef _genesis_ci genesis-ci; fi",
        ]
    )


def _fish() -> str:
    lines = ["# Made by: genesis-ci completion fish", "complete -c genesis-ci -f"]
    for command, row in COMMANDS.items():
        about = _quoted(row.about)
        lines.append(f"complete -c genesis-ci -n __fish_use_subcommand -a {command} -d {about}")
        when = f"complete -c genesis-ci -n '__fish_seen_subcommand_from {command}'"
        if words := _words_of(command):
            lines.append(f"{when} -a '{' '.join(words)}'")
        lines += [f"{when} {_fish_flag(flag)}" for flag in flags_of(command)]
    return "\n".join(lines)


def _fish_flag(flag: Flag) -> str:
    parts = [f"-l {flag.name.removeprefix('--')}"]
    if flag.short:
        parts.append(f"-s {flag.short.removeprefix('-')}")
    if flag.choices:
        parts.append(f"-x -a '{' '.join(flag.choices)}'")
    elif flag.metavar:
        parts.append("-r -F")
    return " ".join([*parts, "-d", _quoted(flag.meaning)])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "’") + "'"
