import type { RestRoute } from './rest-json.ts';

/** EventBridge Scheduler's routes, as in `schemas_0.js` of the SDK's client 3.1162.0. */
export const schedulerRoutes: readonly RestRoute[] = [
  {
    service: 'Scheduler',
    operation: 'CreateSchedule',
    method: 'POST',
    path: '/schedules/{Name}',
    timestamps: ['StartDate', 'EndDate'],
    body: 'json',
  },
  {
    service: 'Scheduler',
    operation: 'GetSchedule',
    method: 'GET',
    path: '/schedules/{Name}',
    query: { groupName: 'GroupName' },
    body: 'none',
  },
  {
    service: 'Scheduler',
    operation: 'ListSchedules',
    method: 'GET',
    path: '/schedules',
    query: { ScheduleGroup: 'GroupName' },
    numbers: ['MaxResults'],
    body: 'none',
  },
  {
    service: 'Scheduler',
    operation: 'DeleteSchedule',
    method: 'DELETE',
    path: '/schedules/{Name}',
    query: { groupName: 'GroupName', clientToken: 'ClientToken' },
    body: 'none',
  },
];
