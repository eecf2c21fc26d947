# Shared by the scripts of this directory; sourced, not run.
# shellcheck shell=bash

# The oldest Swift that builds the package.
readonly oldest_swift=6.2

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' plain=$'\e[0m'
else
  bold='' plain=''
fi

heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Checks for Swift and installs missing system packages. Needs no network if nothing is missing.
set_up() {
  require_swift
  install_packages
}

# MARK: Swift

require_swift() {
  local version
  if ! command -v swift >/dev/null; then
    explain_swift "no Swift toolchain on the PATH"
  fi
  # The version may be on either stream, within text that differs between systems.
  local said
  said=$(swift --version 2>&1) || true
  version=$(sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' <<<"$said" | head -n 1)
  if [[ -z $version ]]; then
    fail "$(command -v swift) doesn't work. \"swift --version\" prints:

  ${said:-nothing}

If a library is missing, install the system packages listed at
https://swift.org/install/linux, then start this script again."
  fi
  local older
  older=$(printf '%s\n' "$oldest_swift" "$version" | sort -V | head -n 1)
  if [[ $older != "$oldest_swift" ]]; then
    explain_swift "Swift $version at $(command -v swift) is too old"
  fi
}

explain_swift() {
  cat >&2 <<END
${0##*/}: $1: Swift $oldest_swift or newer is needed.

swiftly, Swift's own installer, gets one without root (https://swift.org/install/linux). It needs
curl
and gpg:

  curl -O https://download.swift.org/swiftly/linux/swiftly-\$(uname -m).tar.gz
  tar zxf swiftly-\$(uname -m).tar.gz
  ./swiftly init
  . ~/.local/share/swiftly/env.sh

If it names system packages to install, install them. Then start this script again.
END
  exit 1
}

# MARK: System packages

install_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then return; fi
  command -v apt-get >/dev/null || fail "missing: ${missing[*]} (names of Debian and" \
    "Ubuntu): install your system's packages for them, then start this script again"

  local -a as_root
  if ((EUID == 0)); then
    as_root=()
  elif may_sudo; then
    as_root=(sudo)
  else
    printf '%s: missing: %s. Installing them needs root; run this as root:\n\n  %s\n\n' \
      "${0##*/}" "${missing[*]}" "sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
  echo "Installing ${missing[*]}${as_root[*]:+ (with sudo)}"
  local log
  log=$(mktemp)
  # An unreachable package source doesn't matter if another has the packages.
  "${as_root[@]}" apt-get update >"$log" 2>&1 || true
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 || {
    cat "$log" >&2
    rm -f "$log"
    fail "installing ${missing[*]} failed; see the error above"
  }
  rm -f "$log"
}

# Whether sudo works without a password, or a terminal is there to ask on.
may_sudo() {
  command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }
}

# The packages to install, one a line.
missing_packages() {
  # SwiftPM fetches the dependencies with git.
  command -v git >/dev/null || echo git
  command -v pkg-config >/dev/null || echo pkg-config
  has_library sqlite3 sqlite3.h || echo libsqlite3-dev
  has_library ncursesw ncursesw/curses.h curses.h || ncurses_package
}

# Whether a library can be compiled against, by its pkg-config name or one of its headers.
has_library() {
  local name=$1 header
  shift
  if command -v pkg-config >/dev/null; then
    pkg-config --exists "$name"
    return
  fi
  for header; do
    if [[ -e /usr/include/$header ]]; then return; fi
  done
  return 1
}

# libncurses-dev since Debian 10 and Ubuntu 20.04, libncursesw5-dev before.
ncurses_package() {
  if command -v apt-cache >/dev/null && apt-cache show libncursesw5-dev >/dev/null 2>&1 &&
    ! apt-cache show libncurses-dev >/dev/null 2>&1; then
    echo libncursesw5-dev
  else
    echo libncurses-dev
  fi
}

# MARK: Building

# The flags of all test builds and runs; other flags would rebuild everything.
readonly test_flags=(-Xswiftc -warnings-as-errors)

# Runs a build and shows its steps, without warnings of compiler and linker. If it fails, shows
# everything.
# Usage: run_build LOG COMMAND...
run_build() {
  local log=$1
  shift
  mkdir -p "${log%/*}"
  if "$@" 2>&1 | tee "$log" | show_steps; then return; fi
  printf '\n' >&2
  cat "$log" >&2
  fail "failed: $*"
}

# Builds a program, .build/release/queuectl unless another is named. It loads glibc and libgcc only,
# and runs with glibc 2.34: what else it needs is linked into it, where the archives are installed.
# Loading it took a third of the instructions of an enqueue (docs/decisions.md).
# Usage: build_release LOG [PRODUCT]
build_release() {
  local product=${2:-queuectl} flags
  link_archives
  # No symbols for libraries to find: they are half a megabyte, and the Swift runtime's start looks
  # through all of them.
  flags=(-Xlinker --no-export-dynamic "${archive_flags[@]}")
  # At a fixed address nothing is relocated: a quarter of the page faults of each start. The web
  # server, which strangers may reach, has none (docs/security.md).
  if [[ $product == queuectl ]]; then flags+=(-Xlinker -no-pie); fi
  # Makes the code itself build the generic types it uses. By default Swift looks them up by name at
  # first use, through all conformances of the program: 0.9 ms of each command (docs/decisions.md).
  local frontend_flag=-disable-concrete-type-metadata-mangled-name-accessors
  if grep -q -e "$frontend_flag" <<<"$(swiftc -frontend -help-hidden 2>/dev/null)"; then
    flags+=(-Xswiftc -Xfrontend -Xswiftc "$frontend_flag")
  fi
  # Without the binary's directory in the library path, so that no library beside it is loaded.
  run_build "$1" swift build -c release --static-swift-stdlib --disable-local-rpath \
    --product "$product" "${flags[@]}"
}

# Builds both programs for packages.
build_both() {
  heading "Building queuectl"
  build_release .build/release-build.log
  heading "Building queuectl-web"
  build_release .build/web-build.log queuectl-web
}

# Prepares a directory in which the linker finds archives instead of shared libraries, and the
# functions that older C libraries lack. Those of SQLite and ncurses are taken together, or not at
# all. SwiftPM names the directory of SQLite's package first, so that has to be this one.
# Usage: link_archives   (sets the variables "archive_flags" and PKG_CONFIG_PATH)
link_archives() {
  local directory=$PWD/.build/archives name archive archives=()
  rm -rf "$directory"
  mkdir -p "$directory"
  clang -O2 -c -o "$directory/portable.o" scripts/portable.c
  archive_flags=(-Xlinker "$directory/portable.o" -Xlinker "-L$directory")
  if archive=$(archive_of stdc++); then ln -s "$archive" "$directory"; fi
  for name in sqlite3 ncursesw tinfo; do
    archive=$(archive_of "$name") || return 0
    archives+=("$archive")
  done
  ln -s "${archives[@]}" "$directory"
  archive_flags+=(-Xlinker -ltinfo)
  printf '%s\n' "Name: SQLite" "Description: SQLite as an archive" "Version: 3" \
    "Libs: -L$directory -lsqlite3" >"$directory/sqlite3.pc"
  export PKG_CONFIG_PATH=$directory
}

# Prints the path of a library's archive; fails if there is none.
archive_of() {
  local compiler archive
  for compiler in clang cc gcc; do
    archive=$("$compiler" -print-file-name="lib$1.a" 2>/dev/null) || continue
    if [[ $archive == /* ]]; then
      echo "$archive"
      return
    fi
  done
  return 1
}

# On a terminal the steps share one line; elsewhere only the main ones are shown.
show_steps() {
  local line
  while IFS= read -r line; do
    case $line in
      '['[0-9]*']'* | Fetch* | Creating* | Computing* | Working* | Updat* | Build*)
        if [[ -t 1 ]]; then
          printf '\r\e[K  %s' "${line:0:76}"
        elif [[ $line != '['* || $line == *Linking* ]]; then
          printf '  %s\n' "$line"
        fi
        ;;
    esac
  done
  if [[ -t 1 ]]; then printf '\n'; fi
}

# Starts a PostgreSQL server for the tests of that store, unless one is named, and stops it when the
# script exits. As root it runs as another user, because the server refuses to run as root.
# Usage: start_postgres LOG
start_postgres() {
  if [[ -n ${QUEUECTL_TEST_POSTGRES:-} ]]; then return; fi
  local log=$1 initdb as=() user
  initdb=$(command -v initdb ||
    find /usr/lib/postgresql /usr/pgsql-* -name initdb 2>/dev/null | sort -V | tail -n 1)
  if [[ -z $initdb ]]; then
    echo "PostgreSQL is left out: there is no initdb (apt-get install postgresql)"
    return
  fi
  server=$(mktemp -d)
  if ((EUID == 0)); then
    user=nobody
    if id -u postgres >/dev/null 2>&1; then user=postgres; fi
    chown "$user" "$server"
    as=(runuser -u "$user" --)
  fi
  stop_postgres=("${as[@]}" "${initdb%/*}/pg_ctl" -D "$server/data" -m immediate stop)
  trap 'stop_server' EXIT
  # Nothing of it outlives the tests, so nothing is synced.
  if ! (cd / && "${as[@]}" "$initdb" -D "$server/data" -U queuectl -A trust -E UTF8 --locale=C -N &&
    "${as[@]}" "${initdb%/*}/pg_ctl" -D "$server/data" -l "$server/log" -w start -o \
      "-c listen_addresses= -c unix_socket_directories=$server -c fsync=off \
       -c max_connections=300") >"$log" 2>&1; then
    cat "$log" "$server/log" 2>/dev/null >&2
    fail "the PostgreSQL server for the tests doesn't start"
  fi
  export QUEUECTL_TEST_POSTGRES="postgres://queuectl@${server//\//%2F}/postgres"
}

stop_server() {
  (cd / && "${stop_postgres[@]}") >/dev/null 2>&1 || true
  rm -rf "$server"
}
