import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

const REPOSITORY = path.join(import.meta.dirname, '..', '..', '..');
const INSIDE = path.join(import.meta.dirname, 'inside');
const INSTALL = 'sh scripts/guest-packages.sh';

/** What the guest's programs come from: the first of the paths that is there, and Debian's package. */
const TOOLS = {
  qemu: ['qemu-system-x86', '/usr/bin/qemu-system-x86_64'],
  busybox: ['busybox-static', '/bin/busybox', '/usr/bin/busybox'],
  depmod: ['kmod', '/sbin/depmod', '/usr/sbin/depmod'],
  dockerd: ['docker.io', '/usr/sbin/dockerd'],
  docker: ['docker.io', '/usr/bin/docker'],
  tini: ['tini', '/usr/bin/tini'],
  tc: ['iproute2', '/sbin/tc', '/usr/sbin/tc'],
  iptables: ['iptables', '/usr/sbin/iptables', '/sbin/iptables'],
  nft: ['nftables', '/usr/sbin/nft'],
  setpriv: ['util-linux', '/usr/bin/setpriv'],
  mkfs: ['e2fsprogs', '/sbin/mkfs.ext4', '/usr/sbin/mkfs.ext4'],
  curl: ['curl', '/usr/bin/curl'],
} as const satisfies Record<string, readonly [pack: string, ...paths: string[]]>;

/** Modules that the guest needs before it has a root. What they need in turn comes from modules.dep. */
const MODULES = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay'];

/** What a guest boots from. */
export interface Prepared {
  readonly qemu: string;
  readonly setpriv: string;
  readonly kernel: string;
  readonly initialRamDisk: string;
  /** Folder of the kernel's unpacked modules; in the guest it has the same path. */
  readonly modules: string;
  readonly bootScript: string;
}

/** Where the kernel and the RAM disk are kept: `$CAPUCHIN_GUEST_CACHE`, or a folder of node_modules. */
function cacheFolder(): string {
  return process.env.CAPUCHIN_GUEST_CACHE ?? path.join(REPOSITORY, 'node_modules', '.cache', 'capuchin-guest');
}

/**
 * Finds everything that a guest boots from, and packs its RAM disk unless it is packed already.
 * @throws Error that names each missing package and the command that installs it.
 */
export function prepare(cache = cacheFolder(), isThere: (file: string) => boolean = existsSync): Prepared {
  const missing = Object.values(TOOLS).filter(([, ...paths]) => !paths.some(isThere));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([name]) => name))].join(', ');
    throw new Error(
      `the guest needs packages that this machine has not: ${packages}. Install them with \`${INSTALL}\`.`,
    );
  }
  const { boot, modules } = findKernel(cache);
  const release = path.basename(modules);
  if (!existsSync(path.join(modules, 'modules.dep'))) {
    execFileSync(tool('depmod'), ['-b', path.join(modules, '..', '..', '..'), release]);
  }
  return {
    qemu: tool('qemu'),
    setpriv: tool('setpriv'),
    kernel: path.join(boot, `vmlinuz-${release}`),
    initialRamDisk: packRamDisk(cache, modules),
    modules,
    bootScript: path.join(INSIDE, 'boot.sh'),
  };
}

function tool(name: keyof typeof TOOLS): string {
  const [, ...paths] = TOOLS[name];
  return paths.find((file) => existsSync(file)) ?? name;
}

/** The newest of the unpacked kernel packages. */
function findKernel(cache: string): { readonly boot: string; readonly modules: string } {
  const packages = existsSync(cache)
    ? readdirSync(cache).filter((name) => /^linux-image-[^/]*[a-z0-9]$/.test(name))
    : [];
  const found = packages
    .map((name) => path.join(cache, name))
    .filter((folder) => existsSync(path.join(folder, 'boot')) && !/\.\d+$/.test(folder))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (found === undefined)
    throw new Error(`there is no kernel for the guest in ${cache}. Fetch it with \`${INSTALL}\`.`);
  const parent = ['lib', 'usr/lib'].map((lib) => path.join(found, lib, 'modules')).find((folder) => existsSync(folder));
  const release = parent === undefined ? undefined : readdirSync(parent)[0];
  if (parent === undefined || release === undefined) {
    throw new Error(`${found} holds no kernel modules. Remove it and run \`${INSTALL}\`.`);
  }
  return { boot: path.join(found, 'boot'), modules: path.join(parent, release) };
}

/** The RAM disk of a kernel: busybox, the modules for a root, and the first script. Its name tells what is in it. */
function packRamDisk(cache: string, modules: string): string {
  const init = readFileSync(path.join(INSIDE, 'init.sh'));
  const version = createHash('sha256').update(init).update(MODULES.join()).digest('hex').slice(0, 8);
  const file = path.join(cache, `initrd-${path.basename(modules)}-${version}`);
  if (existsSync(file)) return file;
  const folder = mkdtempSync(path.join(cache, 'initrd-'));
  try {
    for (const name of ['bin', 'modules']) mkdirSync(path.join(folder, name));
    copyFileSync(tool('busybox'), path.join(folder, 'bin', 'busybox'));
    writeFileSync(path.join(folder, 'init'), init, { mode: 0o755 });
    execFileSync('/bin/ln', ['-s', 'busybox', path.join(folder, 'bin', 'sh')]);
    const order = inOrder(readFileSync(path.join(modules, 'modules.dep'), 'utf8'));
    for (const module of order)
      copyFileSync(path.join(modules, module), path.join(folder, 'modules', path.basename(module)));
    writeFileSync(path.join(folder, 'modules', 'order'), order.map((module) => `${path.basename(module)}\n`).join(''));
    const pack = 'find . | "$1" cpio -o -H newc >"$2" 2>/dev/null';
    execFileSync('/bin/sh', ['-c', pack, 'sh', tool('busybox'), `${folder}.packed`], { cwd: folder });
    renameSync(`${folder}.packed`, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return file;
}

/** Paths of the modules and of what they need, each after what it needs. */
function inOrder(modulesDep: string): readonly string[] {
  const needs = new Map(
    modulesDep.split('\n').map((line) => {
      const [module = '', ...needed] = line.split(/[: ]+/).filter(Boolean);
      return [module, needed] as const;
    }),
  );
  const ordered = new Set<string>();
  const add = (module: string): void => {
    for (const needed of needs.get(module) ?? []) add(needed);
    ordered.add(module);
  };
  for (const name of MODULES) {
    const module = [...needs.keys()].find((file) => new RegExp(`/${name}\\.ko(\\.[a-z]+)?$`).test(file));
    if (module === undefined) throw new Error(`the guest's kernel has no module ${name}`);
    add(module);
  }
  return [...ordered];
}
