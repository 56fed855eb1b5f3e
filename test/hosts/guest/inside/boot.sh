#!/bin/sh
# In the guest, as process 1, in the machine's root under a memory disk: mounts, an outside world, the engine, and the program that the
# tests talk to. From the kernel's command line: GUEST_NODE, GUEST_MODULES.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH HOME=/root
here=${0%/*}
fail() { echo "guest: $*"; exit 1; }

mount -t tmpfs -o mode=755 run /run
mkdir -p /run/lock /dev/pts /dev/shm /lib/modules /var/lib/docker /var/lib/containerd
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup || fail 'cannot mount cgroup2'
mount -t tmpfs docker /var/lib/docker
mount -t tmpfs containerd /var/lib/containerd
release=$(uname -r)
rm -rf "/lib/modules/$release"
ln -s "$GUEST_MODULES" "/lib/modules/$release"

# By itself, and early: the engine gives the one that it starts too little time for an emulated processor.
cat >/run/containerd.toml <<'TOML'
version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp"]
TOML
containerd --config /run/containerd.toml --log-level warn >/run/containerd.log 2>&1 &

# Nothing of what else the machine has in its configuration.
hostname container-host
echo '{}' >/run/docker.json
printf '127.0.0.1 localhost container-host\n::1 localhost\n' >/etc/hosts.new && cat /etc/hosts.new >/etc/hosts
printf 'nameserver 10.99.0.53\nnameserver fd99::53\n' >/etc/resolv.conf.new && cat /etc/resolv.conf.new >/etc/resolv.conf

# The world outside the host: a namespace of its own, at the other end of eth0. fd99::/64 and 10.99.0.0/24; .53 answers names.
modprobe -a veth bridge br_netfilter dummy
for family in 4 6; do echo 1 >"/proc/sys/net/ipv$family/conf/all/forwarding"; done
ip link set lo up
ip netns add outside
ip link add eth0 type veth peer name world netns outside
ip -batch - <<IP || fail 'cannot set up eth0'
address add 10.99.0.2/24 dev eth0
address add fd99::2/64 dev eth0 nodad
link set eth0 up
route add default via 10.99.0.1
route add default via fd99::1
IP
ip -n outside -batch - <<IP || fail 'cannot set up the outside world'
link set lo up
address add 10.99.0.1/24 dev world
address add 10.99.0.53/24 dev world
address add 10.99.0.11/24 dev world
address add 10.99.0.12/24 dev world
address add fd99::1/64 dev world nodad
address add fd99::53/64 dev world nodad
address add fd99::11/64 dev world nodad
address add fd99::12/64 dev world nodad
link set world up
route add fd00:c::/48 via fd99::2
route add fd98::/48 via fd99::2
route add 172.16.0.0/12 via 10.99.0.2
route add 10.98.0.0/16 via 10.99.0.2
IP

dockerd --storage-driver overlay2 --ipv6 --fixed-cidr-v6 fd00:c::/64 --exec-opt native.cgroupdriver=cgroupfs \
  --containerd /run/containerd/containerd.sock --config-file /run/docker.json >/run/dockerd.log 2>&1 &
UV_THREADPOOL_SIZE=8
export UV_THREADPOOL_SIZE
echo 'guest: root mounted'
exec tini -- "$GUEST_NODE" "$here/exec-server.mjs"
