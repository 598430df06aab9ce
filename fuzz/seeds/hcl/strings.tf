locals {
  heredoc = <<-EOT
    line ${join(", ", [for n in range(3) : tostring(n)])}
    %{ if true ~}
    yes
    %{ else }no%{ endif }
  EOT
  escaped = "a\"b\\c$${d}%%{e}\u00e9"
  choice  = 1 + 2 * 3 >= 4 && !false ? "a" : null
  splat   = aws_instance.all[*].id
}
output "x" { value = local.heredoc }
module "m" { source = "git::https://github.com/o/r.git//m?ref=v1" }
