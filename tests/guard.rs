//! Whatever Addigy, IT Glue or a clock may answer: nobody's device is set inactive by mistake.
//!
//! Each test is one scenario; `cargo test --test guard` ends with their count.

mod support;

#[path = "guard/choices.rs"]
mod choices;
#[path = "guard/clock.rs"]
mod clock;
#[path = "guard/identity.rs"]
mod identity;
#[path = "guard/limits.rs"]
mod limits;
#[path = "guard/listing.rs"]
mod listing;
#[path = "guard/organizations.rs"]
mod organizations;
#[path = "guard/pinned.rs"]
mod pinned;
#[path = "guard/policies.rs"]
mod policies;
#[path = "guard/scene.rs"]
mod scene;
