// Whose page this is: the booking in the address, and the token that came behind the link's `#t=`.

export const bookingId = location.pathname.split("/")[1].toLowerCase();

const KEY = `studio-room:${bookingId}`;
let kept = null; // where the browser keeps nothing

// A tab keeps its own token, so that two tabs can be two people; the address bar and the history do not.
export function token() {
  const given = new URLSearchParams(location.hash.slice(1)).get("t");
  if (given) {
    keep(given);
    history.replaceState(null, "", location.pathname);
  }
  try {
    return sessionStorage.getItem(KEY) ?? kept;
  } catch {
    return kept;
  }
}

function keep(given) {
  kept = given;
  try {
    sessionStorage.setItem(KEY, given);
  } catch {
    // The tab asks for the link again when it is loaded anew.
  }
}
