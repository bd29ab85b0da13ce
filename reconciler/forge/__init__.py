"""Reports where reviewers look: comments, issues and pull requests on GitHub and GitLab."""
