//! The messages of etcd's gRPC API that are sent and read here. What a member says beyond these fields is skipped.
//!
//! Field numbers and names are those of etcd's `rpc.proto`, which are the same in all of its releases since 3.4.

use prost::Message;

/// What is asked, and where its answer comes from.
pub(super) trait Call: Message + Default + 'static {
    /// The answer.
    type Answer: Message + Default + 'static;
    /// The method's path.
    const PATH: &'static str;
}

/// Asks for all members.
#[derive(Clone, PartialEq, Message)]
pub(super) struct MemberListRequest {
    /// Whether a quorum has to agree on the answer; before 3.5 a member answers what it knows.
    #[prost(bool, tag = "1")]
    pub(super) linearizable: bool,
}

/// All members.
#[derive(Clone, PartialEq, Message)]
pub(super) struct MemberListResponse {
    #[prost(message, repeated, tag = "2")]
    pub(super) members: Vec<Member>,
}

/// One member.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Member {
    #[prost(uint64, tag = "1")]
    pub(super) id: u64,
    /// Empty until it has started.
    #[prost(string, tag = "2")]
    pub(super) name: String,
    #[prost(bool, tag = "5")]
    pub(super) is_learner: bool,
}

/// Takes a member out.
#[derive(Clone, PartialEq, Message)]
pub(super) struct MemberRemoveRequest {
    #[prost(uint64, tag = "1")]
    pub(super) id: u64,
}

/// It is out.
#[derive(Clone, PartialEq, Message)]
pub(super) struct MemberRemoveResponse {}

/// Hands leadership on; only the leader does.
#[derive(Clone, PartialEq, Message)]
pub(super) struct MoveLeaderRequest {
    #[prost(uint64, tag = "1")]
    pub(super) target_id: u64,
}

/// It is handed on.
#[derive(Clone, PartialEq, Message)]
pub(super) struct MoveLeaderResponse {}

/// Asks a member how it is.
#[derive(Clone, PartialEq, Message)]
pub(super) struct StatusRequest {}

/// How a member is.
#[derive(Clone, PartialEq, Message)]
pub(super) struct StatusResponse {
    /// Who leads, as this member knows; zero where it knows of nobody.
    #[prost(uint64, tag = "4")]
    pub(super) leader: u64,
}

/// Asks for all alarms: its fields say so by being left out.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AlarmRequest {}

/// All alarms.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AlarmResponse {
    #[prost(message, repeated, tag = "2")]
    pub(super) alarms: Vec<AlarmMember>,
}

/// One alarm of one member.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AlarmMember {
    #[prost(uint64, tag = "1")]
    pub(super) member_id: u64,
    /// 0 is none, 1 no space, 2 corrupt data.
    #[prost(int32, tag = "2")]
    pub(super) alarm: i32,
}

impl Call for MemberListRequest {
    type Answer = MemberListResponse;
    const PATH: &'static str = "/etcdserverpb.Cluster/MemberList";
}

impl Call for MemberRemoveRequest {
    type Answer = MemberRemoveResponse;
    const PATH: &'static str = "/etcdserverpb.Cluster/MemberRemove";
}

impl Call for MoveLeaderRequest {
    type Answer = MoveLeaderResponse;
    const PATH: &'static str = "/etcdserverpb.Maintenance/MoveLeader";
}

impl Call for StatusRequest {
    type Answer = StatusResponse;
    const PATH: &'static str = "/etcdserverpb.Maintenance/Status";
}

impl Call for AlarmRequest {
    type Answer = AlarmResponse;
    const PATH: &'static str = "/etcdserverpb.Maintenance/Alarm";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes as etcd 3.4 sends them, with the fields that nobody reads here.
    #[test]
    fn members_are_read_among_what_is_skipped() {
        let header = [0x0a, 0x04, 0x08, 0x07, 0x10, 0x09];
        let member = |id: u8, learner: bool| {
            let mut one = vec![
                0x08,
                id,
                0x12,
                0x01,
                b'a' + id,
                0x1a,
                0x01,
                b'p',
                0x22,
                0x01,
                b'c',
            ];
            if learner {
                one.extend([0x28, 0x01]);
            }
            let length = u8::try_from(one.len()).expect("it is short");
            [vec![0x12, length], one].concat()
        };
        let bytes = [header.to_vec(), member(1, false), member(2, true)].concat();
        let list = MemberListResponse::decode(bytes.as_slice()).expect("a list");
        let read: Vec<(u64, &str, bool)> = list
            .members
            .iter()
            .map(|member| (member.id, member.name.as_str(), member.is_learner))
            .collect();
        assert_eq!(read, [(1, "b", false), (2, "c", true)]);
        let asked = MemberListRequest { linearizable: true };
        assert_eq!(asked.encode_to_vec(), [0x08, 0x01]);
        assert!(AlarmRequest {}.encode_to_vec().is_empty());
    }
}
