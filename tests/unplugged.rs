//! Unplug anything at any moment: nothing is doubled, nothing is lost, no other client is touched, and
//! the words and the exit code say what happened and what to do next.

mod support;

#[path = "unplugged/at_random.rs"]
mod at_random;
#[path = "unplugged/binary.rs"]
mod binary;
#[path = "unplugged/busy.rs"]
mod busy;
#[path = "unplugged/cancel.rs"]
mod cancel;
#[path = "unplugged/creates.rs"]
mod creates;
#[path = "unplugged/every_request.rs"]
mod every_request;
#[path = "unplugged/leaving.rs"]
mod leaving;
#[path = "unplugged/scene.rs"]
mod scene;
#[path = "unplugged/updates.rs"]
mod updates;
