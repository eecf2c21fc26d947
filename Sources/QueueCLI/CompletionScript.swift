import ArgumentParser
import QueueCore
import QueueSession

/// The parser's completion scripts, patched so that the shell never expands ids and queue names.
/// bash would expand them (`compgen -W`), zsh would split them at colons. The patched scripts read
/// them by lines, match them literally and quote them.
enum CompletionScript {
  /// - Throws: ``Failure`` if the parser's script has changed.
  static func text(for shell: CompletionShell) throws(Failure) -> String {
    let script = Queuectl.completionScript(for: shell)
    return switch shell {
    case .bash: try bash(script)
    case .zsh: try zsh(script)
    case .fish: try fish(script)
    default: script
    }
  }

  private static func bash(_ script: String) throws(Failure) -> String {
    var script = script
    try script.replaceFunction("__queuectl_add_completions", by: offerInBash)
    try script.replaceFunction("__queuectl_cursor_index_in_current_word", by: cursorInBash)
    try script.replace(
      "complete -o filenames -F _queuectl queuectl",
      by: typedInBash + "\n\ncomplete -F __queuectl_typed queuectl")
    return script
  }

  private static func zsh(_ script: String) throws(Failure) -> String {
    var script = script
    try script.replaceFunction("__queuectl_complete", by: offerInZsh)
    try script.replace(#"("${words[@]}")"#, by: #"("${(@Q)words}")"#)
    return script
  }

  /// fish inserts a leading `~` unquoted, so such words are filtered out.
  private static func fish(_ script: String) throws(Failure) -> String {
    var script = script
    let call = "command $tokens[1] $argv $tokens"
    try script.replace(call, by: call + " | string match -v -- '~*'")
    return script
  }

  // MARK: - bash

  /// Splits the line as the shell will, without expansion, then calls the parser's function. bash's
  /// COMP_WORDS splits words at `:` and `=` and keeps their quotes.
  private static let typedInBash = #"""
    __queuectl_typed() {
        local -r line="${COMP_LINE::COMP_POINT}" text="${2}"
        local -a seen=()
        local word='' quote='' option='' char
        # How much of the word stands before what readline replaces.
        local -i at before=0 begun=0
        for ((at = 0; at < ${#line}; at++)); do
            ((at != ${#line} - ${#text})) || before=${#word}
            char="${line:at:1}"
            case "${quote}${char}" in
            \'\' | \"\") quote='' ;;
            \' | \") quote="${char}" begun=1 ;;
            \\ | \"\\)
                char="${line:at + 1:1}"
                [[ -z "${quote}" || "${char}" = [\$\`\"\\] ]] || word+='\'
                word+="${char}" begun=1 at+=1
                ;;
            [[:space:]])
                ((begun == 0)) || seen+=("${word}")
                word='' begun=0
                ;;
            *) word+="${char}" begun=1 ;;
            esac
        done
        [[ -n "${text}" ]] || before=${#word}

        local -r typed="${word}"
        [[ "${word}" != --*=* ]] || option="${word%%=*}="
        [[ -z "${option}" ]] || seen+=("${option%=}")
        local -a COMP_WORDS=("${seen[@]}" "${word#"${option}"}")
        local -i COMP_CWORD=${#seen[@]}
        COMPREPLY=()
        _queuectl "${1}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        trap - RETURN
    }
    """#

  /// Offers each line of `-W`'s value literally; leaves files to bash.
  private static let offerInBash = #"""
    __queuectl_add_completions() {
        local completion rest char
        local -i at
        if [[ "${1}" != -W ]]; then
            compopt -o filenames 2>/dev/null
            while IFS='' read -r completion; do
                COMPREPLY+=("${completion}")
            done < <(IFS=$'\n' compgen "${@}" -- "${text}")
            return
        fi
        while IFS='' read -r completion; do
            completion="${option}${completion}"
            [[ "${completion}" != "${option}" && "${completion}" = "${typed}"* ]] || continue
            rest="${completion:before}"
            if [[ -z "${quote}" ]]; then
                printf -v completion %q "${rest}"
                # A comma is special between braces only, which are quoted.
                [[ "${completion}" = \$\'* ]] || completion="${completion//\\,/,}"
            else
                completion=''
                for ((at = 0; at < ${#rest}; at++)); do
                    char="${rest:at:1}"
                    case "${quote}${char}" in
                    \'\') char=\'\\\'\' ;;
                    \"\!) char=\"\'\!\'\" ;;
                    \"[\$\`\"\\]) char="\\${char}" ;;
                    esac
                    completion+="${char}"
                done
                # readline closes the quote, but not behind one of the same kind.
                [[ "${completion}" != *"${quote}" ]] || completion+="${quote}"
            fi
            COMPREPLY+=("${completion}")
        done <<<"${2}"
    }
    """#

  private static let cursorInBash = #"""
    __queuectl_cursor_index_in_current_word() {
        printf %s "${#cur}"
    }
    """#

  // MARK: - zsh

  /// `compadd` quotes its insertions and splits no description off a word.
  private static let offerInZsh = #"""
    __queuectl_complete() {
        compadd -V queuectl -- "${@}"
    }
    """#
}

extension String {
  /// Replaces the only occurrence of `part`.
  fileprivate mutating func replace(_ part: String, by other: String) throws(Failure) {
    let ranges = self.ranges(of: part)
    guard ranges.count == 1 else {
      throw Failure(
        "unexpected completion script from the parser: \(part) occurs \(ranges.count) times")
    }
    replaceSubrange(ranges[0], with: other)
  }

  /// Replaces a shell function, which ends with a brace on a line of its own.
  fileprivate mutating func replaceFunction(_ name: String, by other: String) throws(Failure) {
    guard let start = firstRange(of: "\n\(name)() {\n")?.lowerBound,
      let end = self[start...].firstRange(of: "\n}\n")?.upperBound
    else {
      throw Failure("unexpected completion script from the parser: \(name) is missing")
    }
    replaceSubrange(start..<end, with: "\n\(other)\n")
  }
}
