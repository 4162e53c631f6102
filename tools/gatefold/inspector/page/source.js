"use strict";
// Remarks of the passes, below the lines of the source that they are about.

/** Remarks by line of the source: in the library where the work stands there, and where the user called it. */
function collectNotes(data) {
  const sources = new Map(data.sources.map(({ name }, index) => [name, index]));
  const notes = new Map();
  for (const { pass, remarks } of data.passes)
    for (const remark of remarks)
      for (const place of [remark.place, remark.library]) {
        if (!place || !sources.has(place.file)) continue;
        const key = lineKey(sources.get(place.file), place.line);
        if (!notes.has(key)) notes.set(key, []);
        const same = notes.get(key).find((note) => note.pass === pass && note.text === remark.text);
        if (same) ++same.times; // of another cell of the same kind
        else notes.get(key).push({ ...remark, pass, times: 1 });
      }
  return notes;
}
