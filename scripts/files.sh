# The files of an installed queuectl and their places; sourced by install, uninstall and deb.
# shellcheck shell=bash

# Copies all files into a directory, laid out as below the prefix: the stripped binary, the manual,
# and completions where bash, zsh and fish look for them. Includes the server queuectl-web if the
# variable "web" names it.
# Usage: lay_out BINARY DIRECTORY [ZSH-DIRECTORY]
lay_out() {
  local binary=$1 root=$2 zsh=${3:-share/zsh/site-functions}
  mkdir -p "$root"/{bin,share/bash-completion/completions,"$zsh",share/fish/vendor_completions.d}
  strip -o "$root/bin/queuectl" "$binary" || fail "can't strip $binary"
  chmod 755 "$root/bin/queuectl"
  if [[ -n ${web:-} ]]; then
    strip -o "$root/bin/queuectl-web" "$web" || fail "can't strip $web"
    chmod 755 "$root/bin/queuectl-web"
  fi
  ./scripts/man "$binary" "$root/share/man/man1"
  # A shell reads it; it isn't executed.
  "$binary" completions bash | sed '1{/^#!/d}' >"$root/share/bash-completion/completions/queuectl"
  "$binary" completions zsh >"$root/$zsh/_queuectl"
  "$binary" completions fish >"$root/share/fish/vendor_completions.d/queuectl.fish"
}

# The release binary: built now, or the given one.
# Usage: release_binary [BINARY]   (sets the variable "binary")
release_binary() {
  binary=${1-}
  local built=.build/release/queuectl
  if [[ -z $binary && -x $built ]] && ! command -v swift >/dev/null; then
    # As with sudo, whose PATH isn't the building user's.
    echo "No Swift on the PATH: using the existing build $built: $("$built" --version)"
    binary=$built
  elif [[ -z $binary ]]; then
    heading "Building queuectl"
    set_up
    build_release .build/install-build.log
    binary=$built
  fi
  "$binary" --version >/dev/null || fail "$binary doesn't run"
}

# The server beside that binary, built now unless the binary was given.
# Usage: web_binary BINARY-OPTION   (after release_binary; sets the variable "web")
web_binary() {
  web=${binary%/*}/queuectl-web
  if [[ -z $1 ]] && command -v swift >/dev/null; then
    heading "Building queuectl-web"
    build_release .build/web-build.log queuectl-web
  fi
  "$web" --version >/dev/null || fail "$web is missing or doesn't run"
}

# Removes --web from the arguments.
# Usage: take_web ARGUMENT...   (sets the variables "arguments" and "with_web")
take_web() {
  local argument
  arguments=() with_web=false
  for argument; do
    if [[ $argument == --web ]]; then with_web=true; else arguments+=("$argument"); fi
  done
}

# The default prefix.
default_prefix() {
  if ((EUID == 0)); then
    echo /usr/local
  else
    echo "${HOME:?no home directory is set: pass --prefix}/.local"
  fi
}

# Reads --prefix, and for install --binary, into variables of these names.
# Usage: read_options ALLOWED-NAMES ARGUMENT...
read_options() {
  local allowed=" $1 " name value
  shift
  while (($# > 0)); do
    case $1 in
      -h | --help)
        usage
        exit
        ;;
      --*=*) name=${1%%=*} value=${1#*=} ;;
      --*)
        name=$1 value=${2-}
        if (($# > 1)); then shift; fi
        ;;
      *) name=$1 value= ;;
    esac
    shift
    if [[ $allowed != *" ${name#--} "* || $name != --* ]]; then
      printf '%s: unknown option %s\n\n' "${0##*/}" "$name" >&2
      usage >&2
      exit 64
    fi
    if [[ -z $value ]]; then
      printf '%s: %s needs a value\n' "${0##*/}" "$name" >&2
      exit 64
    fi
    # Paths are relative to the caller's directory, and the script changes it.
    if [[ $value != /* ]]; then value=$caller/$value; fi
    printf -v "${name#--}" '%s' "$value"
  done
}

# The list of installed files below the prefix: one path a line, created directories ending in "/".
readonly manifest=share/queuectl/installed

# Removes the files of a list, and its directories if they are empty.
# Usage: remove_listed PREFIX LIST
remove_listed() {
  local prefix=$1 list=$2 path
  while IFS= read -r path; do
    if [[ $path != */ ]]; then rm -f -- "$prefix/$path"; fi
  done <"$list"
  # The deepest first.
  while IFS= read -r path; do
    if [[ $path == */ ]]; then rmdir -- "$prefix/$path" 2>/dev/null || true; fi
  done < <(sort -r "$list")
}
