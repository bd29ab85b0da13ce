"""Reports for reviewers: comments, issues and pull requests on GitHub and GitLab."""
