//! One device: both sides, candidates, binding by hand, releasing.

use super::Task;
use crate::console::effect::{Answer, ReleaseOf};
use crate::domain::DeviceId;

const SOON: &str = "not built yet";

/// [`crate::console::effect::Effect::ReadSides`]
pub async fn read_sides(task: Task, device: DeviceId) {
    task.answer(Answer::Sides(device, Err(SOON.into()))).await;
}

/// [`crate::console::effect::Effect::Candidates`]
pub async fn candidates(task: Task, device: DeviceId) {
    task.answer(Answer::Candidates(device, Err(SOON.into()))).await;
}

/// [`crate::console::effect::Effect::Bind`]
pub async fn bind(task: Task, device: DeviceId, _configuration: String) {
    task.answer(Answer::Bound(device, Err(SOON.into()))).await;
}

/// [`crate::console::effect::Effect::Release`]
pub async fn release(task: Task, _what: ReleaseOf) {
    task.answer(Answer::Released(Err(SOON.into()))).await;
}
