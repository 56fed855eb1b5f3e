#!/bin/sh
# Makes the image that every container of the tests runs from: busybox and a page that it serves. $1 names the image.
set -eu
tree=$(mktemp -d /run/image.XXXXXX)
mkdir -p "$tree/bin" "$tree/etc" "$tree/tmp" "$tree/www" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/var/run"
busybox=$(command -v busybox)
cp "$busybox" "$tree/bin/busybox"
"$busybox" --list | while read -r name; do [ "$name" = busybox ] || ln -s busybox "$tree/bin/$name"; done
echo 'root:x:0:0:root:/:/bin/sh' >"$tree/etc/passwd"
echo 'here' >"$tree/www/index.html"
dd if=/dev/zero of="$tree/www/megabytes" bs=1M count=4 2>/dev/null
tar -C "$tree" -c . | docker import --change 'CMD ["httpd","-f","-p","80","-h","/www"]' - "$1"
rm -rf "$tree"
