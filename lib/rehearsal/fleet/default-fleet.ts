import { fileURLToPath } from 'node:url';

/** Path of the fleet that a rehearsal runs when it is given none: `examples/shop.yaml`, which a reader can copy and edit. */
export const DEFAULT_FLEET_FILE = fileURLToPath(new URL('../../../examples/shop.yaml', import.meta.url));
