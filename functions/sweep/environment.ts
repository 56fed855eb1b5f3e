export { actingEnvironment as environmentSchema } from '../environment.ts';
