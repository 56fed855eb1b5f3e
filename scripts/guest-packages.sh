#!/bin/sh
# Installs what `npm run test:hosts` needs beside node, and downloads the kernel that its guest boots. Does nothing when all is there.
# Debian and its relatives only. No daemon is started: the engine runs in the guest alone.
set -eu

cache=${CAPUCHIN_GUEST_CACHE:-$(cd "$(dirname "$0")/.." && pwd)/node_modules/.cache/capuchin-guest}
packages='qemu-system-x86 docker.io busybox-static iproute2 iptables nftables kmod procps tini e2fsprogs curl'

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=
for package in $packages; do
  is_installed "$package" || missing="$missing $package"
done
kernel=$(find "$cache" -maxdepth 3 -path '*/boot/vmlinuz-*' 2>/dev/null | head -n 1)
if [ -z "$missing" ] && [ -n "$kernel" ]; then exit 0; fi

work=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
finish() {
  rm -rf "$work"
  if [ -n "${own_policy-}" ]; then rm -f "$policy"; fi
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

apt-get update -qq
if [ -n "$missing" ]; then
  echo "== installing for the guest:$missing"
  # Whoever starts or stops a service in Debian's packages asks this first; 101 means no.
  if [ ! -e "$policy" ]; then
    own_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  # shellcheck disable=SC2086 # one word per package
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

if [ -z "$kernel" ]; then
  image=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
  if [ -z "$image" ]; then
    echo 'linux-image-amd64 names no kernel package; is this Debian on amd64?' >&2
    exit 1
  fi
  echo "== downloading $image for the guest"
  (cd "$work" && apt-get download -qq "$image")
  mkdir -p "$cache"
  # A name of its own until it is whole, so that nobody takes half of it for a kernel.
  dpkg -x "$work"/*.deb "$cache/$image.$$"
  rm -rf "${cache:?}/$image"
  mv "$cache/$image.$$" "$cache/$image"
fi
