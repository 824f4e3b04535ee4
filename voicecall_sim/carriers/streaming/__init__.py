"""Media streams as every carrier has them: a WebSocket that the carrier opens, audio both ways, marks, keys, an end.

A carrier brings its words and its ways, and gets the rest from here:

- `sockets.Manners`: how long it waits, how it closes, what it calls a stream that does not come up;
- `office.StreamOffice`, made with these: one client and one ticker for all its streams; its upgrade headers and its
  signature are the carrier's own;
- a subclass of `stream.MediaStream`: composes the opening, introduces the stream, writes its messages and reads the
  application's, tells its callbacks.
"""
