import { type Carried, type Envelope, elementsAt, isObject, objectAt, textAt } from './envelope.ts';

/** Log records of OpenTelemetry in OTLP's JSON: many in one message, the line in each one's body. */
export const envelope: Envelope = {
  id: 'otlp_json',
  title: 'OpenTelemetry OTLP, JSON',
  recognised_by: ['resourceLogs', 'scopeLogs', 'logRecords', 'body.stringValue or body.bytesValue'],
  documents: [
    {
      title: 'OTLP: JSON Protobuf encoding',
      url: 'https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding',
    },
    {
      title: 'OpenTelemetry: logs data model',
      url: 'https://opentelemetry.io/docs/specs/otel/logs/data-model/',
    },
  ],
  open(value) {
    if (!Array.isArray(value.resourceLogs)) return null;
    const scopes = elementsAt(value, 'resourceLogs').flatMap(scopesOf);
    return scopes.flatMap((scope) => below(scope, 'logRecords')).flatMap(bodyOf);
  },
};

function scopesOf(resource: Carried): Carried[] {
  // Called instrumentationLibraryLogs before OTLP 0.19.
  return [...below(resource, 'scopeLogs'), ...below(resource, 'instrumentationLibraryLogs')];
}

function below({ pointer, value }: Carried, key: string): Carried[] {
  return isObject(value) ? elementsAt(value, key, pointer) : [];
}

function bodyOf({ pointer, value }: Carried): Carried[] {
  const body = isObject(value) ? objectAt(value, 'body') : null;
  if (body === null) return [];
  for (const key of ['stringValue', 'bytesValue']) {
    const text = textAt(body, key);
    if (text !== null) return [{ pointer: `${pointer}/body/${key}`, value: text }];
  }
  return [{ pointer: `${pointer}/body`, value: body }];
}
