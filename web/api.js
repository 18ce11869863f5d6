// What the page asks of Studio; every failure is a Problem with a code.

const PATIENCE = 15_000;

export class Problem extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export class Api {
  constructor(bookingId, token, language) {
    this.place = `/api/bookings/${bookingId}`;
    this.headers = { authorization: `Bearer ${token}`, "accept-language": language };
  }

  booking(patience) {
    return this.json("GET", this.place, undefined, patience);
  }

  enter() {
    return this.json("POST", `${this.place}/room`, {});
  }

  consent(purpose, given, version) {
    return this.json("POST", `${this.place}/consent`, { purpose, given, version });
  }

  end() {
    return this.json("POST", `${this.place}/end`, {});
  }

  async json(method, path, body, patience = PATIENCE) {
    const headers = body ? { "content-type": "application/json" } : {};
    const answer = await this.send(path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(patience) });
    try {
      return await answer.json();
    } catch {
      throw new Problem("offline");
    }
  }

  async send(path, options) {
    let answer;
    try {
      answer = await fetch(path, { ...options, headers: { ...this.headers, ...options.headers }, cache: "no-store" });
    } catch (error) {
      if (options.signal?.aborted && error.name === "AbortError") throw error;
      throw new Problem("offline");
    }
    if (!answer.ok) throw await problemOf(answer);
    return answer;
  }

  // A lesson as it changes, until it has ended: server-sent events, which EventSource could not send a token for.
  async *follow(lessonId, signal) {
    for (let known = "0"; ; ) {
      const headers = { accept: "text/event-stream", "last-event-id": known };
      const answer = await this.send(`/api/lessons/${lessonId}/events`, { headers, signal });
      for await (const event of eventsIn(answer.body)) {
        known = event.id ?? known;
        if (!event.data) continue;
        const snapshot = JSON.parse(event.data);
        yield snapshot;
        if (snapshot.final) return;
      }
      await pause(2000, signal);
    }
  }
}

async function problemOf(answer) {
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) return new Problem("bad_token");
  if (answer.status >= 500) return new Problem("room_unavailable");
  return new Problem(told.code ?? "room_unavailable");
}

async function* eventsIn(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true }));
      if (done) return;
      const events = (rest + value).split(/\r?\n\r?\n/);
      rest = events.pop();
      yield* events.map(fieldsOf);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function fieldsOf(event) {
  const lines = event.split(/\r?\n/).map((line) => /^(\w+): ?(.*)$/.exec(line)).filter(Boolean);
  return Object.fromEntries(lines.map(([, name, value]) => [name, value]));
}

export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
