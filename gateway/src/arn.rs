//! Amazon Resource Names ("Amazon Resource Names (ARNs)" in the IAM User Guide).

/// The partition of a region: the first part of ARNs behind `arn:`.
pub fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// What the ARNs of an API's stage begin with, without a slash at the end.
pub fn of_stage(region: &str, account: &str, api: &str, stage: &str) -> String {
    format!("arn:{}:execute-api:{region}:{account}:{api}/{stage}", partition(region))
}

/// The ARN of a function.
pub fn of_function(region: &str, account: &str, name: &str) -> String {
    format!("arn:{}:lambda:{region}:{account}:function:{name}", partition(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_other_partitions_have_their_own_arns() {
        assert_eq!(
            of_stage("eu-central-1", "1", "a", "b"),
            "arn:aws:execute-api:eu-central-1:1:a/b"
        );
        assert_eq!(
            of_function("cn-north-1", "1", "f"),
            "arn:aws-cn:lambda:cn-north-1:1:function:f"
        );
        assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
    }
}
