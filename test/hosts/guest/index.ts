export {
  type Container,
  look,
  only,
  remove,
  removeAll,
  restart,
  startNeighbour,
  startTask,
  stateOf,
  type Task,
} from './containers.ts';
export { Guest } from './guest.ts';
export { lossOf, Meter, median, OUTSIDE } from './measure.ts';
export { diff, type Snapshot, snapshot } from './snapshot.ts';
