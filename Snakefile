# The workflow stands where Snakemake's catalog looks for it. As `include:` does, but that `all` stays its target.
workflow.include("workflow/Snakefile", overwrite_default_target=True)
