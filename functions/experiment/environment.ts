export { commonEnvironment as environmentSchema } from '../environment.ts';
