import { factoryUpload, type Upload } from '@netaccess/core';

type Part = string | Blob;

/** A form as `multipart/form-data` (RFC 7578), as the HTML standard writes it. Files are read when they are sent. */
export function formDataUpload(form: FormData): { readonly upload: Upload; readonly type: string } {
  const boundary = `netaccess-${crypto.randomUUID()}`;
  const parts = [...partsOf(form, boundary)];
  const encoder = new TextEncoder();
  const encoded = parts.map((part) => (typeof part === 'string' ? encoder.encode(part) : part));
  const length = encoded.reduce((sum, part) => sum + sizeOf(part), 0);
  return {
    upload: factoryUpload(() => views(encoded), length),
    type: `multipart/form-data; boundary=${boundary}`,
  };
}

function* partsOf(form: FormData, boundary: string): Iterable<Part> {
  for (const [name, value] of form) {
    const disposition = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(normalized(name))}"`;
    if (typeof value === 'string') {
      yield `${disposition}\r\n\r\n${normalized(value)}\r\n`;
      continue;
    }
    const type = value.type === '' ? 'application/octet-stream' : value.type;
    yield `${disposition}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`;
    yield value;
    yield '\r\n';
  }
  yield `--${boundary}--\r\n`;
}

async function* views(parts: readonly (Uint8Array | Blob)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Uint8Array) yield part;
    else yield* part.stream();
  }
}

function sizeOf(part: Uint8Array | Blob): number {
  return part instanceof Uint8Array ? part.byteLength : part.size;
}

function normalized(text: string): string {
  return text.replaceAll(/\r\n|\r|\n/g, '\r\n');
}

function escaped(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}
