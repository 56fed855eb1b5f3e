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
export { Guest, type GuestProcess, type Ran, type Running } from './guest.ts';
export { lossOf, Meter, median, OUTSIDE, type Vantage } from './measure.ts';
export { diff, type Snapshot, snapshot } from './snapshot.ts';
