# The files of an installed queuectl and their places; sourced by install, uninstall and the scripts
# that make packages.
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

# Copies the tree of a directory to its place, replacing an earlier installation.
# Usage: install_tree TREE PREFIX   (sets the variable "list", a file with the installed paths)
install_tree() {
  local tree=$1 prefix=$2 path mode
  list=$tree.list
  # Directories that we create are removed later, as are those of an earlier list.
  {
    cd "$tree" || exit
    mkdir -p "${manifest%/*}"
    find . -type d -printf '%P\n' | while IFS= read -r path; do
      if [[ -n $path && ! -d $prefix/$path ]]; then echo "$path/"; fi
    done
    find . -type f -printf '%P\n'
    echo "$manifest"
    if [[ -n ${made_prefix:-} ]]; then echo "$made_prefix"; fi
  } | sort -u >"$list"
  if [[ -f $prefix/$manifest ]]; then
    grep '/$' "$prefix/$manifest" >>"$list" || true
    sort -u -o "$list" "$list"
    # Removes files that the new version no longer has.
    comm -23 <(grep -v '/$' "$prefix/$manifest" | sort) <(grep -v '/$' "$list") |
      while IFS= read -r path; do rm -f -- "$prefix/$path"; done
  fi
  while IFS= read -r path; do
    case $path in
      */) mkdir -p -- "$prefix/$path" ;;
      "$manifest") install -m 644 "$list" "$prefix/$manifest" ;;
      # Renamed into place, because a running program can't be overwritten, and so that no process
      # executes half a file.
      *)
        mode=644
        if [[ $path == bin/* ]]; then mode=755; fi
        install -m "$mode" "$tree/$path" "$prefix/$path.new-$$"
        mv -f -- "$prefix/$path.new-$$" "$prefix/$path"
        ;;
    esac
  done <"$list"
}

# Whether this is an unpacked release, with its programs in "bin", instead of a checkout.
is_unpacked_release() { [[ -x bin/queuectl && ! -e Package.swift ]]; }

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

# Removes --web and --release from the arguments.
# Usage: take_flags ARGUMENT...   (sets the variables "arguments", "with_web" and "is_release")
take_flags() {
  local argument
  arguments=() with_web=false is_release=false
  for argument; do
    case $argument in
      --web) with_web=true ;;
      --release) is_release=true ;;
      *) arguments+=("$argument") ;;
    esac
  done
}

# The name of the tarball of a version, and of its directory.
# Usage: tarball_name VERSION
tarball_name() { echo "queuectl-$1-linux-$(uname -m)"; }

# The oldest glibc that a portable program runs with: that of RHEL 9. Ubuntu 22.04 has 2.35.
readonly oldest_glibc=2.34

# Refuses a program that needs a newer glibc, or libraries that may be missing elsewhere.
# Usage: check_portable PROGRAM
check_portable() {
  local libraries newest symbols
  libraries=$(readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
    grep -vE '^(libc|libm|libgcc_s|ld-linux[a-z0-9_-]*)\.so\.[0-9]+$' || true)
  [[ -z $libraries ]] ||
    fail "$1 needs ${libraries//$'\n'/, }: install the archives of SQLite and ncurses"
  newest=$(readelf -VW "$1" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
  if [[ $(printf '%s\n' "$newest" "GLIBC_$oldest_glibc" | sort -V | tail -n 1) != \
    "GLIBC_$oldest_glibc" ]]; then
    symbols=$(readelf --dyn-syms -W "$1" | grep -oE "[^ ]+@$newest" | sort -u | head -n 5)
    fail "$1 needs glibc ${newest#GLIBC_} for ${symbols//$'\n'/, }: $oldest_glibc is the oldest" \
      "supported one; scripts/portable.c replaces functions"
  fi
}

# The version of a package of that binary. One that isn't the release sorts before it, and has its
# date and commit.
# Usage: package_version BINARY
package_version() {
  local number commit
  number=$("$1" --version | sed 's/^queuectl \([^ ,]*\).*/\1/')
  commit=$(./scripts/commit)
  if $is_release || [[ -z $commit ]] ||
    git tag --points-at HEAD 2>/dev/null | grep -qx "v$number"; then
    echo "$number"
  else
    echo "$number~git$(date -u -r "$1" +%Y%m%d).$commit"
  fi
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
