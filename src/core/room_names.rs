//! What the backend calls what is said about rooms.

/// The words of the messages by which rooms are joined and left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomNames {
    /// The action that asks to be let into a room. Default `JOIN_ROOM`.
    pub join: String,
    /// The action that asks to be let out. Default `LEAVE_ROOM`.
    pub leave: String,
    /// The field that names the room. Default `room`.
    pub field: String,
}

impl Default for RoomNames {
    fn default() -> Self {
        let [join, leave, field] = ["JOIN_ROOM", "LEAVE_ROOM", "room"].map(str::to_owned);
        RoomNames { join, leave, field }
    }
}
