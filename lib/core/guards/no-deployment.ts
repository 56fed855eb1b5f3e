import { cannotTell, type Guard } from './guard.ts';

export const noDeployment: Guard = {
  name: 'no-deployment',
  question: 'Is no service of the group being deployed, and does no host come or go?',
  codes: ['deployment-in-progress'],
  check({ services }) {
    if (!services.known) return cannotTell('deployment-in-progress', services.because);
    return services.value
      .filter(({ deploying }) => deploying)
      .map(({ service, unit }) => ({
        code: 'deployment-in-progress',
        because: unit === 'hosts' ? `hosts of ${service} come or go` : `${service} is being deployed`,
        facts: { service },
      }));
  },
};
