#!/bin/sh
# The first program in the guest, from its RAM disk: mounts the machine's own root read-only with a memory disk on top, and goes in.
# From the kernel's command line: GUEST_BOOT, the next script's path in that root, and what that one wants.
/bin/busybox mkdir -p /proc /sys /dev /lower /memory /root
b() { /bin/busybox "$@"; }
b mount -t proc proc /proc
b mount -t sysfs sysfs /sys
b mount -t devtmpfs dev /dev
while read -r module; do b insmod "/modules/$module" || echo "guest: cannot load $module"; done </modules/order
b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose root /lower || echo 'guest: cannot mount the shared root'
b mount -t tmpfs -o mode=755 memory /memory
b mkdir /memory/upper /memory/work
b mount -t overlay -o lowerdir=/lower,upperdir=/memory/upper,workdir=/memory/work overlay /root || echo 'guest: cannot lay the overlay'
for mount in proc sys dev; do b mount -o move "/$mount" "/root/$mount"; done
exec /bin/busybox switch_root /root /bin/sh "$GUEST_BOOT"
