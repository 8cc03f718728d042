# SPDX-License-Identifier: MIT
# Sourced by quickstart and check: Debian packages, and a build that survives a broken folder.

# need_packages PURPOSE PACKAGE...: installs those that are missing, or says which and gives up.
need_packages ()
{
  purpose=$1
  shift
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "$0: this is no Debian; these packages' equivalents are needed $purpose: $*" >&2
    return 0
  fi
  missing=
  for package in "$@"; do
    case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
      installed*) ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -n "$missing" ] || return 0

  if [ "$(id -u)" -ne 0 ]; then
    echo "$0: these Debian packages are missing $purpose; as root, run" >&2
    echo "  apt-get install$missing" >&2
    exit 1
  fi
  echo "Installing$missing"
  # An index that can not be refreshed may still be good enough.
  apt_get update || echo "$0: cannot refresh the package index; trying with what is there" >&2
  if ! apt_get install -y --no-install-recommends $missing; then
    echo "$0: cannot install these Debian packages, needed $purpose:$missing" >&2
    exit 1
  fi
}

# No daemon that a package brings along is started: the tests start their own.
apt_get ()
(
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    trap 'exit 1' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
  fi
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null >&2
)

# build_folder FOLDER OPTION...: a configured meson build folder, made anew when it is unusable.
build_folder ()
{
  folder=$1
  shift
  if [ -f "$folder/build.ninja" ] && meson configure "$folder" "$@" >/dev/null 2>&1; then
    return 0
  fi
  rm -rf "$folder"
  meson setup "$folder" "$@" </dev/null
}

# The packages to build and use thrum, and a font that gnuplot can draw with.
BUILD_PACKAGES="gcc libc6-dev meson ninja-build pkg-config libglib2.0-dev libsoup-3.0-dev
  libjson-glib-dev libssl-dev liburing-dev zlib1g-dev libzstd-dev gnuplot-nox fonts-dejavu-core glib-networking ca-certificates"
