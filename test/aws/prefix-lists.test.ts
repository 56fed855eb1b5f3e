import { expect, it } from 'vitest';
import { ManagedPrefixLists } from '../../lib/aws/prefix-lists.ts';
import { answerAws } from './answer-aws.ts';

const answer = (operation: string, content: string) => ({
  headers: { 'content-type': 'text/xml' },
  body: `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${content}</${operation}Response>`,
});
const list = (id: string) => `<item><prefixListId>${id}</prefixListId><ownerId>AWS</ownerId></item>`;
const entry = (cidr: string) => `<item><cidr>${cidr}</cidr></item>`;

it('asks for lists that AWS itself owns, by their names in the region, and for all entries of each', async () => {
  const { requests } = await answerAws(({ body }) => {
    const asked = new URLSearchParams(body);
    if (asked.get('Action') === 'DescribeManagedPrefixLists') {
      return asked.get('NextToken') === null
        ? answer(
            'DescribeManagedPrefixLists',
            `<prefixListSet>${list('pl-1')}</prefixListSet><nextToken>more</nextToken>`,
          )
        : answer('DescribeManagedPrefixLists', `<prefixListSet>${list('pl-2')}</prefixListSet>`);
    }
    const [first, second] =
      asked.get('PrefixListId') === 'pl-1' ? ['3.5.64.0/21', '52.218.0.0/17'] : ['3.5.64.0/21', '2a05:d050::/40'];
    return asked.get('NextToken') === null
      ? answer(
          'GetManagedPrefixListEntries',
          `<entrySet>${entry(first as string)}</entrySet><nextToken>more</nextToken>`,
        )
      : answer('GetManagedPrefixListEntries', `<entrySet>${entry(second as string)}</entrySet>`);
  });
  expect(await new ManagedPrefixLists().prefixesOf(['s3', 'ipv6.s3'])).toEqual([
    ...['3.5.64.0/21', '52.218.0.0/17', '2a05:d050::/40'],
  ]);
  const asked = Object.fromEntries(new URLSearchParams(requests[0]?.body));
  expect(asked).toMatchObject({
    'Filter.1.Name': 'owner-id',
    'Filter.1.Value.1': 'AWS',
    'Filter.2.Name': 'prefix-list-name',
    'Filter.2.Value.1': expect.stringMatching(/^com[.]amazonaws[.][a-z]+-[a-z]+-[0-9][.]s3$/),
    'Filter.2.Value.2': expect.stringMatching(/^com[.]amazonaws[.][a-z]+-[a-z]+-[0-9][.]ipv6[.]s3$/),
  });
  expect(requests).toHaveLength(6);
});

it('throws when EC2 says no: then nobody can tell', async () => {
  await answerAws(() => ({
    status: 403,
    headers: { 'content-type': 'text/xml' },
    body: '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>',
  }));
  await expect(new ManagedPrefixLists().prefixesOf(['s3'])).rejects.toThrow('no');
});
