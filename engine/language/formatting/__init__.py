"""Policy files in their one form, comments kept."""
