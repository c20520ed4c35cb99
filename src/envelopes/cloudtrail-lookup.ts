import { type Carried, type Envelope, elementsAt, isObject, textAt } from './envelope.ts';

/** What LookupEvents answers, or one of its elements: the record is a text in `CloudTrailEvent`. */
export const envelope: Envelope = {
  id: 'cloudtrail_lookup',
  title: 'AWS CloudTrail: lookup-events',
  recognised_by: ['Events (list) of CloudTrailEvent (text)', 'CloudTrailEvent (text)'],
  documents: [
    {
      title: 'CloudTrail: LookupEvents',
      url: 'https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html',
    },
  ],
  open(value) {
    const record = textAt(value, 'CloudTrailEvent');
    if (record !== null) return [{ pointer: '/CloudTrailEvent', value: record }];
    const events = elementsAt(value, 'Events');
    return events.some(isLookedUp) ? events : null;
  },
};

function isLookedUp({ value }: Carried): boolean {
  return isObject(value) && textAt(value, 'CloudTrailEvent') !== null;
}
