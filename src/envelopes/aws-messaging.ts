import { type Envelope, objectAt, textAt } from './envelope.ts';

/** A record as Kinesis, Firehose, SNS and SQS hand it to a consumer. */
export const envelope: Envelope = {
  id: 'aws_messaging',
  title: 'AWS Kinesis, Firehose, SNS and SQS',
  recognised_by: [
    'kinesis.data (base64)',
    'data (base64) beside recordId',
    'Sns.Message, or Message beside TopicArn',
    'body beside receiptHandle',
  ],
  documents: [
    {
      title: 'Lambda: Kinesis',
      url: 'https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html',
    },
    {
      title: 'Firehose: data transformation',
      url: 'https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html',
    },
    { title: 'Lambda: SNS', url: 'https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html' },
    { title: 'Lambda: SQS', url: 'https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html' },
  ],
  open(value) {
    const kinesis = textAt(objectAt(value, 'kinesis') ?? {}, 'data');
    if (kinesis !== null) return [{ pointer: '/kinesis/data', value: kinesis }];
    const data = textAt(value, 'data');
    if (data !== null && Object.hasOwn(value, 'recordId'))
      return [{ pointer: '/data', value: data }];
    const notice = textAt(objectAt(value, 'Sns') ?? {}, 'Message');
    if (notice !== null) return [{ pointer: '/Sns/Message', value: notice }];
    const message = textAt(value, 'Message');
    if (message !== null && Object.hasOwn(value, 'TopicArn')) {
      return [{ pointer: '/Message', value: message }];
    }
    const body = textAt(value, 'body');
    if (body === null || !Object.hasOwn(value, 'receiptHandle')) return null;
    return [{ pointer: '/body', value: body }];
  },
};
