//! A room that a session is in.

use std::fmt;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use super::{Error, messages};
use crate::browser::Driver;

/// A room that the session is in, on every link, until it is left. To drop this leaves nothing.
#[derive(Clone)]
pub struct Room {
    pub(super) driver: Rc<Driver>,
    pub(super) name: String,
    pub(super) answer: JsValue,
}

impl Room {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the backend answered when the room was joined first.
    pub fn answer<T: DeserializeOwned>(&self) -> Result<T, Error> {
        messages::read(self.answer.clone())
    }

    /// Leaves the room: sends `LEAVE_ROOM`, or what [`Options::rooms`](super::Options::rooms) says, and joins
    /// it no more.
    pub fn leave(&self) {
        self.driver.leave(&self.name);
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Room").field("name", &self.name).finish_non_exhaustive()
    }
}
