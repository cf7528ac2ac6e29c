import { Modal, type ModalProps } from "@mantine/core";

/** A window above the page, as all of them are; Escape closes it and the focus goes back. */
export function Dialog({ children, ...props }: ModalProps) {
  return (
    <Modal closeButtonProps={{ "aria-label": "Close" }} attributes={{ header: { role: "presentation" } }} {...props}>
      {children}
    </Modal>
  );
}
