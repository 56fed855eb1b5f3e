/**
 * A value as an XML element; nothing for an absent one. What is in a list stands in elements of the given name. Text is escaped,
 * moments are ISO 8601.
 */
export function xmlElement(name: string, value: unknown, inList: string): string {
  if (value === undefined || value === null) return '';
  return `<${name}>${content(value, inList)}</${name}>`;
}

function content(value: unknown, inList: string): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((member) => xmlElement(inList, member, inList)).join('');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, member]) => xmlElement(name, member, inList))
      .join('');
  }
  return escapeXml(String(value));
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => XML_ENTITIES[character] ?? character);
}
