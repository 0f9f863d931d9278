/** More than any URL needs; what pours in beyond it is not one. */
const MAX_CHARACTERS = 65_536;

/** Reads the first line of a stream, without the blanks around it; empty when there is none. */
export async function readLine(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk.toString();
    if (/\S.*\n/.test(text) || text.length > MAX_CHARACTERS) break;
  }
  return text.trimStart().split('\n', 1)[0]?.trimEnd() ?? '';
}
