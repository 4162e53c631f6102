#!/usr/bin/env bash
# Installs the Debian packages that building and testing need. Does nothing, and says nothing, if all are there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

packages=(
  ccache
  chromium-headless-shell
  clang-22
  clang-format-22
  clang-tidy-22
  cmake
  git
  libclang-rt-22-dev
  libcli11-dev
  libgmock-dev
  libgtest-dev
  libmlir-22-dev
  libprotobuf-dev
  libzstd-dev
  lld-22
  llvm-22-dev
  llvm-22-tools
  mlir-22-tools
  ninja-build
  protobuf-compiler
  python3
  python3-numpy
  zlib1g-dev
)

# Fails for packages that dpkg has never heard of, which are missing like the others it does not list.
installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null) || true
missing=()
for package in "${packages[@]}"; do
  grep -qx "installed $package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
  fail "this is no Debian; install what corresponds to: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "neither root nor sudo; have someone install: ${missing[*]}"
  as_root=(sudo)
fi

install_missing() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get --quiet --yes --no-install-recommends install "${missing[@]}"
}

echo "installing ${#missing[@]} packages: ${missing[*]}" >&2
quietly install install_missing
